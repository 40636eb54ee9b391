/** What an idempotency key is made of. */
export interface KeyParts {
  readonly sagaId: string
  readonly branch: string
  readonly step: string
  readonly kind: 'action' | 'compensation'
  /** A retry stays in its round; an orphan effect, a save-point's next try and an operator's edit open another one. */
  readonly round: number
}

/** The same for every attempt of one step, direction and round, so that a participant can tell a repetition. */
export function idempotencyKey({ sagaId, branch, step, kind, round }: KeyParts): string {
  return `${sagaId}/${branch}/${step}/${kind}/${round}`
}
