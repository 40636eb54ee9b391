/** A repeated name turns into the message of its own compile error. A name known only at run time is checked there. */
export type UnusedName<Name extends string, Results, Taken> = string extends Name
  ? Name
  : Name extends Taken
    ? `The name "${Name}" is taken already: choose another name.`
    : Name extends keyof Results
      ? `There is a step named "${Name}" already: choose another name.`
      : Name

/** The same for a parallel or a forEach: its name begins the paths of its branches. */
export type UnusedForkName<Name extends string, Results, Taken> = Name extends `${string}/${string}`
  ? `"${Name}" has a slash, which ends a fork's name in the path of a branch: choose another name.`
  : UnusedName<Name, Results, Taken>

/** The same for a branch, whose name only has to be another one in its own fork. */
export type UnusedBranchName<Name extends string, Branches> = string extends Name
  ? Name
  : Name extends `${string}/${string}`
    ? `"${Name}" has a slash, which ends a fork's name in the path of a branch: choose another name.`
    : Name extends Branches
      ? `There is a branch named "${Name}" already: choose another name.`
      : Name

/** A name as the compiler knows it: one known only at run time must not look as if it were every name. */
export type Known<Name extends string> = string extends Name ? never : Name
