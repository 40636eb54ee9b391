import { styleText } from 'node:util'

import type { SagaStatus } from '@backstep/engine'

type Style = Parameters<typeof styleText>[0]

/** Colors text, or leaves it alone where there is nobody to see colors. */
export class Paint {
  readonly #colors: boolean

  constructor(colors: boolean) {
    this.#colors = colors
  }

  /** For what the eye should find first. */
  strong(text: string): string {
    return this.#style('bold', text)
  }

  /** For labels and what matters less. */
  faint(text: string): string {
    return this.#style('dim', text)
  }

  /** A table whose first line is its head. */
  faintHead(table: string): string {
    const end = table.indexOf('\n')
    return `${this.faint(table.slice(0, end))}${table.slice(end)}`
  }

  /** For what has gone wrong. */
  bad(text: string): string {
    return this.#style('red', text)
  }

  /** For a command to copy. */
  command(text: string): string {
    return this.#style('cyan', text)
  }

  /** A status word in its color. */
  status(status: SagaStatus, text: string = status): string {
    return this.#style(statusStyles[status], text)
  }

  #style(style: Style, text: string): string {
    return this.#colors && text !== '' ? styleText(style, text, { validateStream: false }) : text
  }
}

const statusStyles: Readonly<Record<SagaStatus, Style>> = {
  running: 'blue',
  compensating: 'yellow',
  stuck: ['red', 'bold'],
  completed: 'green',
  compensated: 'green',
  partially_compensated: 'yellow',
  abandoned: 'dim',
}
