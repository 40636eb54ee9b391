import { foldText } from './fold-text.ts'
import type { Paint } from './paint.ts'

/** A label and what belongs to it. */
export interface LabeledLine {
  readonly label: string
  readonly text: string
  /** Colors each line once it is laid out. */
  readonly color?: (text: string) => string
}

const labelWidth = 10

/** Lays out texts behind their labels; long ones go on below, so that the labels stand alone on the left. */
export function renderLabeled(
  lines: readonly LabeledLine[],
  {
    paint,
    width,
    indent = 0,
  }: { readonly paint: Paint; readonly width: number | null; readonly indent?: number },
): string {
  const margin = ' '.repeat(indent)
  const room = width === null ? null : Math.max(20, width - indent - labelWidth)
  return lines
    .flatMap(({ label, text, color = (same) => same }) =>
      foldText(text, room).map((line, index) => {
        const front = (index === 0 ? label : '').padEnd(labelWidth)
        return `${margin}${paint.faint(front)}${color(line)}`.trimEnd()
      }),
    )
    .map((line) => `${line}\n`)
    .join('')
}
