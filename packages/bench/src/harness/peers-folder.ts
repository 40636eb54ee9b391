import { fileURLToPath } from 'node:url'

/** Where the peers are: a package of its own, outside the workspace. */
export const peersFolder: string = fileURLToPath(new URL('../../peers', import.meta.url))
