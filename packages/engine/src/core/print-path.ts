/** One step down into a value: a key of an object, or an index of an array. */
export type PathSegment = string | number

const identifier = /^[A-Za-z_$][\w$]*$/

/** Writes a path the way one would in code: `items[0].sku`, `prices["per day"]`. Safe to print whatever the keys are. */
export function printPath(path: readonly PathSegment[]): string {
  let text = ''
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`
    else if (!identifier.test(segment)) text += `[${JSON.stringify(segment)}]`
    else text += text === '' ? segment : `.${segment}`
  }
  return text
}
