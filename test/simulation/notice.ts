/** What a signal of the simulation brings. */
export interface Notice {
  /** No two have the same. */
  readonly no: number
  readonly isValid: boolean
}

/** What its schema makes of it: something else, so that one can tell that it was asked. */
export function madeOf({ no }: Notice): { readonly seen: number } {
  return { seen: no }
}

/** Reads what a signal brought. */
export function readNotice(payload: unknown): Notice {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Every signal of the simulation brings a notice.
  return payload as Notice
}

/** The schema of every wait. */
export const notice = {
  '~standard': {
    version: 1,
    vendor: 'simulation',
    validate: (payload: unknown) => {
      const given = readNotice(payload)
      return given.isValid ? { value: madeOf(given) } : { issues: [{ message: 'No notice.' }] }
    },
  },
} as const
