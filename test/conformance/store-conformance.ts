import { expect, test } from 'vitest'

import { appendCases } from './append-cases.ts'
import { appendTaskCases } from './append-task-cases.ts'
import { branchCases } from './branch-cases.ts'
import { claimCases } from './claim-cases.ts'
import { claimedJournalCases } from './claimed-journal-cases.ts'
import { definitionCases } from './definition-cases.ts'
import { grantCases } from './grant-cases.ts'
import { heartbeatCases } from './heartbeat-cases.ts'
import { limitCases } from './limit-cases.ts'
import { pauseCases } from './pause-cases.ts'
import { queryCases } from './query-cases.ts'
import { releaseCases } from './release-cases.ts'
import { requestCases } from './request-cases.ts'
import { Scene } from './scene.ts'
import { settleCases } from './settle-cases.ts'
import { startCases } from './start-cases.ts'
import type { OpenStore } from './store-under-test.ts'
import { sweepCases } from './sweep-cases.ts'
import { takeOverCases } from './take-over-cases.ts'
import { transactionCases } from './transaction-cases.ts'

const families = {
  start: startCases,
  append: appendCases,
  'append with tasks': appendTaskCases,
  settle: settleCases,
  branches: branchCases,
  request: requestCases,
  claim: claimCases,
  'rows of a claim': claimedJournalCases,
  heartbeat: heartbeatCases,
  release: releaseCases,
  'take over': takeOverCases,
  transactions: transactionCases,
  sweep: sweepCases,
  limits: limitCases,
  grants: grantCases,
  queries: queryCases,
  definitions: definitionCases,
  pauses: pauseCases,
}

/** What every storage adapter must do. Each sentence is a test on an empty store of its own. */
export function storeConformance(name: string, open: OpenStore): void {
  for (const [family, cases] of Object.entries(families)) {
    for (const [sentence, run] of Object.entries(cases)) {
      test(`${name}, ${family}: ${sentence}`, async () => {
        expect.hasAssertions()
        const scene = await Scene.open(open)
        try {
          await run(scene)
        } finally {
          await scene.close()
        }
      })
    }
  }
}
