import { describe, expect, test } from 'vitest'
import { decide } from '../../../packages/engine/src/core/decide.ts'
import { foldRest } from '../../../packages/engine/src/core/fold.ts'
import type { Example } from './example.ts'
import { backwardExamples } from './examples-backward.ts'
import { cancelExamples } from './examples-cancel.ts'
import { circuitExamples } from './examples-circuit.ts'
import { fallbackExamples } from './examples-fallback.ts'
import { forwardExamples } from './examples-forward.ts'
import { choiceExamples, eachExamples } from './examples-each.ts'
import { eachStuckExamples } from './examples-each-stuck.ts'
import { forkBackExamples } from './examples-fork-back.ts'
import { forkDoubtExamples } from './examples-fork-doubt.ts'
import { forkExamples } from './examples-fork.ts'
import { forkFailingExamples } from './examples-fork-failing.ts'
import { forkStuckExamples } from './examples-fork-stuck.ts'
import { lateExamples } from './examples-late.ts'
import { leaseExamples } from './examples-lease.ts'
import { orphanExamples } from './examples-orphan.ts'
import { parkExamples } from './examples-park.ts'
import { pivotExamples } from './examples-pivot.ts'
import { probeExamples } from './examples-probe.ts'
import { probeRetryExamples } from './examples-probe-retry.ts'
import { probeTroubleExamples } from './examples-probe-trouble.ts'
import { rejectionExamples } from './examples-rejection.ts'
import { retryExamples } from './examples-retry.ts'
import { savepointExamples } from './examples-savepoint.ts'
import { savepointCancelExamples } from './examples-savepoint-cancel.ts'
import { savepointForkExamples } from './examples-savepoint-fork.ts'
import { savepointLateExamples } from './examples-savepoint-late.ts'
import { savepointNodeExamples } from './examples-savepoint-nodes.ts'
import { stuckExamples } from './examples-stuck.ts'
import { deadlineExamples, sleepExamples } from './examples-time.ts'
import { transactionalExamples } from './examples-transactional.ts'
import { waitExamples } from './examples-wait.ts'
import { editExamples } from './examples-edit.ts'
import { operatorExamples } from './examples-operator.ts'
import { operatorRoundExamples } from './examples-operator-rounds.ts'
import { operatorSagaExamples } from './examples-operator-saga.ts'
import { operatorBackExamples } from './examples-operator-back.ts'
import { operatorForkExamples } from './examples-operator-fork.ts'
import { pauseExamples } from './examples-pause.ts'
import { now, stateAfter } from './journals.ts'
import { plainState } from './plain-state.ts'

const tables: readonly (readonly [string, readonly Example[]])[] = [
  ['that an operator sees between its rounds', operatorRoundExamples],
  ['going forward', forwardExamples],
  ['being rejected', rejectionExamples],
  ['that may be parked', parkExamples],
  ['at and after the pivot', pivotExamples],
  ['with budgets by code', retryExamples],
  ['whose steps have probes', probeExamples],
  ['in trouble while it asks a probe', probeTroubleExamples],
  ['that is retried where there is a probe', probeRetryExamples],
  ['whose steps have another way', fallbackExamples],
  ['whose step has an open circuit', circuitExamples],
  ['losing leases', leaseExamples],
  ['being canceled', cancelExamples],
  ['going back', backwardExamples],
  ['being stuck', stuckExamples],
  ['hearing late results', lateExamples],
  ['with an orphan effect', orphanExamples],
  ['that forks', forkExamples],
  ['with a branch that fails', forkFailingExamples],
  ['with a branch that is stuck', forkStuckExamples],
  ['that forks, on its way back', forkBackExamples],
  ['in doubt, or parked, on one of its branches', forkDoubtExamples],
  ['that goes through a list', eachExamples],
  ['that goes through a list, of which one item is stuck', eachStuckExamples],
  ['that chooses', choiceExamples],
  ['that sleeps', sleepExamples],
  ['that waits for a signal', waitExamples],
  ['with a deadline', deadlineExamples],
  ['with a save-point', savepointExamples],
  ['with this and that behind a save-point', savepointNodeExamples],
  ['with a save-point, being canceled', savepointCancelExamples],
  ['with a save-point, hearing late results', savepointLateExamples],
  ['that forks behind a save-point', savepointForkExamples],
  ['with an operator', operatorExamples],
  ['with an operator who is in a hurry, or turns it back', operatorSagaExamples],
  ['with an operator, on its way back', operatorBackExamples],
  ['with an operator, that forks', operatorForkExamples],
  ['whose input is edited', editExamples],
  ['that is paused', pauseExamples],
  ['with transactional steps', transactionalExamples],
]

describe.each(tables)('a saga %s', (_title, examples) => {
  test.each(examples)('$name', ({ plan, given, when, follows }) => {
    const state = stateAfter(plan, given)

    const decision = decide(plan, state, when)

    expect(decision).toEqual({
      events: follows.events ?? [],
      commands: follows.commands ?? [],
      refusal: follows.refusal ?? null,
    })
    const entry = { seq: state.seq + 1, at: now, events: decision.events }
    expect(plainState(foldRest(plan, state, [entry]))).toMatchObject(follows.state ?? {})
  })
})
