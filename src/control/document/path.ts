/** A place in a configuration. */
export type Path = readonly (string | number)[];
