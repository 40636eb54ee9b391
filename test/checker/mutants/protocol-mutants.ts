import { shippedRules, type Rules } from '../rules.ts'
import { shapeNamed } from '../shapes.ts'
import type { Mutant } from './mutant.ts'

function without(habit: Exclude<keyof Rules, 'decide' | 'foldRest'>): Rules {
  return { ...shippedRules, [habit]: false }
}

/** Statements and turns that leave something out, around a core that is as it ships. */
export const protocolMutants: readonly Mutant[] = [
  {
    name: 'a lost claim goes on deciding',
    forgets: 'R4: the fence',
    rules: without('fencesLostClaims'),
    shape: shapeNamed('two steps'),
  },
  {
    name: 'an abandoned claim goes on deciding',
    forgets: 'I7: what it knows is a late result',
    rules: without('losesAbandonedClaims'),
    shape: shapeNamed('branches that fail fast'),
  },
  {
    name: 'a turn that goes on leaves the tasks of the branches that it abandons',
    forgets: 'I11: a branch that is not at work has no task',
    rules: without('dropsAbandonedTasks'),
    shape: shapeNamed('a branch that owes nothing fails fast'),
  },
  {
    name: 'a takeover leaves no trace in the journal',
    forgets: 'R4: lease_lost',
    rules: without('writesLeaseLost'),
    shape: shapeNamed('two steps'),
  },
  {
    name: 'a decision is appended behind rows that it has not seen',
    forgets: 'R2: compare-and-set',
    rules: without('comparesAndSets'),
    shape: shapeNamed('pivot of one attempt'),
  },
  {
    name: 'a task is acknowledged before its work is committed',
    forgets: 'R20: a live saga has a task',
    rules: without('keepsTaskUntilCommit'),
    shape: shapeNamed('two steps'),
  },
  {
    name: 'a claim works on an older journal than its task',
    forgets: 'R2: the journal decides',
    rules: without('readsUpToTask'),
    shape: shapeNamed('two steps'),
  },
  {
    name: 'a hint of an earlier task is good for the one of now',
    forgets: 'R3: one holder',
    rules: without('checksNonces'),
    shape: shapeNamed('hostile queue'),
  },
  {
    name: 'who cancels decides in the place of the holder',
    forgets: 'R3: everybody else appends a request',
    rules: without('leavesCancelToHolder'),
    shape: shapeNamed('two steps'),
  },
  {
    name: 'the second decision of a row ignores the first',
    forgets: 'R20: a live saga has a task',
    rules: without('decidesOnOtherDecisions'),
    shape: shapeNamed('items of one process'),
  },
  {
    name: 'a branch makes another attempt beside one that failed in the same row',
    forgets: 'R23: it makes no other',
    rules: without('endsWithOthersInRow'),
    shape: shapeNamed('branches of one process that drain'),
  },
  {
    name: 'a turn goes on in a branch that was abandoned in its row',
    forgets: 'I7: a claim on it is lost',
    rules: without('endsWithOthersInRow'),
    shape: shapeNamed('branches of one process that fail fast'),
  },
  {
    name: 'after a lost reply the verdict is given once more',
    forgets: 'G2: one outcome',
    rules: without('repeatsSameAppend'),
    shape: shapeNamed('two steps'),
  },
  {
    name: 'a late result is taken for a verdict',
    forgets: 'R15: late results',
    rules: without('keepsLateResultsApart'),
    shape: shapeNamed('two steps'),
  },
  {
    name: 'each attempt has an idempotency key of its own',
    forgets: 'G3: effects count once',
    rules: without('keepsKeyAcrossAttempts'),
    shape: shapeNamed('two steps'),
  },
  {
    name: 'the fallback goes under a key of its own',
    forgets: 'I7: one effect, whichever way it is taken',
    rules: without('keepsKeyAtFallback'),
    shape: shapeNamed('a step with another way'),
  },
]
