/**
 * A short name for errors that mean the same: their code, or how their message begins where there is none. The rest of a
 * message may name a job, and every job would make a kind of its own.
 */
export const kindOfError = (error: Error): string => {
  const code: unknown = 'code' in error ? error.code : undefined
  if (typeof code === 'string' || typeof code === 'number') return String(code)
  return error.message.split(' ', 2).join(' ').slice(0, 80) || error.name
}
