import type { LegalVerb } from '@backstep/engine'

/** What a command has to be told besides the saga, where it has to. */
const extras: Readonly<Record<LegalVerb['verb'], string>> = {
  retry: '',
  edit: ` --input '{…}' --sagas MODULE`,
  skip: '',
  resolve: ` --output '{…}' --yes`,
  mark_compensated: ' --yes',
  waive: ' --yes',
  compensate: '',
  cancel: '',
  abandon: ' --yes',
  pause: '',
  resume: '',
}

/** The order in which they are proposed; a cancel is what those who started the saga ask for, a pause moves nothing on. */
const proposed: readonly LegalVerb['verb'][] = [
  'resume',
  'retry',
  'edit',
  'skip',
  'resolve',
  'mark_compensated',
  'waive',
  'compensate',
  'abandon',
]

/** So many steps are named, where a verb may be about several. */
const shownSteps = 3

/** What is known of the saga that the commands are for. */
export interface CommandScene {
  readonly sagaId: string
  /** Its last journal row: what whoever reads the command has seen. */
  readonly seq: number
  readonly legal: readonly LegalVerb[]
}

/** The commands that would move a saga on, without the name of the program. */
export function legalCommands({ sagaId, seq, legal }: CommandScene): readonly string[] {
  return proposed.flatMap((verb) => {
    const found = legal.find((each) => each.verb === verb)
    if (found === undefined) return []
    const steps = found.steps.length > 1 ? found.steps.slice(0, shownSteps) : [null]
    return steps.map((step) => {
      const about = step === null ? '' : ` --step ${step}`
      return `${commandName(verb)} ${sagaId}${about}${extras[verb]} --if-seq ${seq} --reason "…"`
    })
  })
}

/** The legal verbs in a sentence of their own, for whoever asked for another one. */
export function legalText(legal: readonly LegalVerb[]): string {
  const names = legal.map(({ verb }) => commandName(verb))
  return names.length === 0 ? '' : ` Legal now: ${names.join(', ')}.`
}

function commandName(verb: LegalVerb['verb']): string {
  return verb.replaceAll('_', '-')
}
