/** A process of Backstep that a profile measures; it runs the built JavaScript, as an application's would. */
import type { Answers, AskName, ProcessSpec, Question, Reply } from './calls.ts'
import { openProgram, type Program } from './engine-program.ts'

const say = (reply: Reply<Answers[AskName]>): void => {
  process.send?.(JSON.stringify(reply))
}

const answer = async <Name extends AskName>(
  program: Program,
  { id, name, ask }: Question<Name>,
): Promise<void> => {
  try {
    say({ id, answer: await program[name](ask) })
  } catch (error) {
    say({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
  if (name === 'stop') process.disconnect()
}

// Whoever measures is gone, or was told that everything is over.
process.once('disconnect', () => process.exit(0))
const spec: ProcessSpec = JSON.parse(process.argv[2] ?? '')
const program = await openProgram(spec)
process.on('message', (message) => {
  const question: Question<AskName> = JSON.parse(String(message))
  void answer(program, question)
})
say({ id: 0, answer: null })
