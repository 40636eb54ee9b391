import { stepLine, type StepLine } from './step-line.ts'
import type { StepReport } from './step-report.ts'

/** Items of a step that are shown one by one: there may be ten thousand. */
const shownItems = 20

/**
 * The steps of a forEach: how many items went alike, and by itself each one that did not simply come to its end, up to 20 for
 * each step. Those that wait for an operator come first.
 *
 * @param names the steps as the plan names them
 * @param reports the same steps, once for each item
 */
export function itemLines(
  names: readonly string[],
  reports: readonly StepReport[],
): readonly StepLine[] {
  return names.flatMap((name) => {
    const own = reports.filter(({ step }) => step.slice(0, step.lastIndexOf('[')) === name)
    const telling = own.filter((item) => tells(item))
    const waiting = telling.filter(({ halt }) => halt !== null)
    const others = telling.filter(({ halt }) => halt === null)
    const shown = new Set([...waiting, ...others].slice(0, shownItems))
    return [
      ...alike(own.filter((item) => !shown.has(item))).map((group) => groupLine(name, group)),
      ...own.filter((item) => shown.has(item)).map((item) => stepLine(item, 1)),
    ]
  })
}

/** Whether there is something to tell about an item that those like it do not tell. */
function tells({ action, compensation, halt }: StepReport): boolean {
  if (halt !== null || compensation.status === 'blocked') return true
  if (action.status === 'rejected' || action.status === 'unknown') return true
  if (compensation.status === 'needed') return compensation.lastError !== null
  return action.status === 'scheduled' && action.lastError !== null
}

/** Items in groups of one status, in the order of the first one of each. */
function alike(items: readonly StepReport[]): readonly (readonly StepReport[])[] {
  const groups = Map.groupBy(items, (item) => `${item.action.status} ${item.compensation.status}`)
  return [...groups.values()]
}

function groupLine(name: string, group: readonly StepReport[]): StepLine {
  const [first] = group
  if (first === undefined) throw new RangeError(`There are no items of "${name}".`)
  const line = stepLine(first, 1)
  if (group.length === 1) return line
  const times = group.flatMap(({ lastAt }) => (lastAt === null ? [] : [lastAt]))
  const lastAt = times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b))
  const label = `${name} ×${group.length}`
  return { ...line, label, attempts: 0, undoAttempts: 0, lastAt, error: '' }
}
