/** What of a step is run. */
export type HandlerKind = 'action' | 'probe' | 'compensation'
