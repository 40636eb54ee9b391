/** Deeper causes say nothing about the failure any more, and a chain may be a ring. */
const maximumDepth = 5

/**
 * The code of what was thrown: its own `code`, or else that of its nearest cause that has one, as the errors of `fetch` do.
 * Texts and whole numbers are codes. May throw, if a getter of the error does.
 */
export function codeOfError(error: unknown): string | undefined {
  let next = error
  for (let depth = 0; depth < maximumDepth && next instanceof Error; depth += 1) {
    const code = 'code' in next ? next.code : undefined
    if (typeof code === 'string' && code !== '') return code
    if (Number.isInteger(code)) return String(code)
    next = next.cause
  }
  return undefined
}
