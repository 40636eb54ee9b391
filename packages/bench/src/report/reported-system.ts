import { join } from 'node:path'

import type { System } from '../catalog/system.ts'
import { peersFolder } from '../harness/peers-folder.ts'
import type { ReportedSystem } from './bench-report.ts'
import { installedVersion } from './machine.ts'

/** A system with the version of its package that is installed. */
export const reportedSystem = (system: System): ReportedSystem => {
  const { id, title, inFlight, options, settings } = system
  const version = system.package === null ? null : versionOf(system.package)
  return { id, title, package: version, inFlight, options, settings }
}

const versionOf = (name: string): string =>
  `${name} ${installedVersion(join(peersFolder, 'node_modules', name, 'package.json'))}`
