import { describe, expect, it } from 'vitest'

import { ArgumentsError, helpText, readArguments } from '../../../packages/bench/src/arguments.ts'

const known = ['backstep', 'bullmq', 'restate']
const read = (line: string) => readArguments(line.split(' ').filter(Boolean), known)

describe('the command line of the bench', () => {
  it('measures everything, three rounds of it, and writes, when nothing is said', () => {
    expect(read('')).toMatchObject({
      systems: known,
      scenarios: ['w1', 'w2', 'w3'],
      rounds: 3,
      repeatDisturbed: true,
      budgetSeconds: null,
      write: true,
    })
  })

  it('has one round, a budget and no document with --quick', () => {
    const quick = read('--quick')
    expect(quick).toMatchObject({ systems: known, rounds: 1, repeatDisturbed: false, write: false })
    expect(quick.budgetSeconds).toBeLessThan(180)
  })

  it('takes the systems and scenarios that are named, in the order of the catalog', () => {
    expect(read('--systems restate,backstep --scenarios w3,w1')).toMatchObject({
      systems: ['backstep', 'restate'],
      scenarios: ['w1', 'w3'],
    })
  })

  it.each([
    ['--no-write', false],
    ['--quick --write', true],
    ['--systems backstep', false],
    ['--scenarios w2', false],
    ['--systems backstep --write', true],
    ['--rounds 5', true],
  ])('%s writes: %s', (line, write) => {
    expect(read(line)).toMatchObject({ write })
  })

  it.each([
    ['--systems nobody', /no system "nobody"; there are backstep, bullmq, restate/],
    ['--scenarios w4', /no scenario "w4"; there are w1, w2, w3/],
    ['--rounds 0', /--rounds is "0"/],
    ['--rounds 1.5', /whole number/],
    ['--seconds soon', /--seconds is "soon"/],
    ['--sytems backstep', /--sytems/],
    ['quick', /quick/],
  ])('%s is refused and says why', (line, message) => {
    expect(() => read(line)).toThrow(ArgumentsError)
    expect(() => read(line)).toThrow(message)
  })

  it('names every system in its help', () => {
    expect(helpText(known)).toContain('backstep, bullmq, restate')
  })
})
