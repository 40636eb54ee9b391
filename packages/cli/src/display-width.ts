const combining = /^\p{M}$/u

// East Asian wide and full-width characters, and emoji.
const wide =
  /^[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]$/u

/** How many columns of a terminal a printable text takes. */
export function displayWidth(text: string): number {
  let columns = 0
  for (const character of text) {
    if (!combining.test(character)) columns += wide.test(character) ? 2 : 1
  }
  return columns
}
