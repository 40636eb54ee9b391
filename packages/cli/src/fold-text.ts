import { displayWidth } from './display-width.ts'

/** Breaks a text into lines at its spaces. A word that is longer than a line stays whole: it may be there to be copied. */
export function foldText(text: string, width: number | null): readonly string[] {
  if (width === null) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line)
      line = word
    } else {
      line = longer
    }
  }
  return [...lines, line]
}
