import { InvalidArgumentError } from 'commander'

/** Gathers the values of an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/**
 * A whole number of at least 1.
 *
 * @throws InvalidArgumentError
 */
export function wholeNumber(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('Write a whole number of at least 1.')
}
