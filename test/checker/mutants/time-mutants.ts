import type { PatchedMutant } from './patched-mutants.ts'

/** Mutants of the core where sagas wait for a time, or have only so much of it. */
export const timeMutants: readonly PatchedMutant[] = [
  {
    name: 'a deadline that has passed turns nothing back',
    forgets: 'R27: before the pivot it does as a cancel',
    shape: 'a deadline and a sleep',
    patch: {
      file: 'pass-time.ts',
      text: "return cancel === 'requested' || deadline === 'passed'",
      by: "return cancel === 'requested'",
    },
  },
  {
    name: 'a deadline turns back at a pivot of unknown outcome',
    forgets: 'R27: the verdict of the pivot is waited for',
    shape: 'a deadline and a sleep',
    patch: {
      file: 'next-action.ts',
      text: 'return unknownAttempts === 0 ||',
      by: 'return unknownAttempts >= 0 ||',
    },
  },
  {
    name: 'a sleep is over for whoever looks',
    forgets: 'R26: it is over at one moment',
    shape: 'a deadline and a sleep',
    patch: {
      file: 'pass-time.ts',
      text: 'at < wakeAt ? null',
      by: 'at < 0 ? null',
    },
  },
]
