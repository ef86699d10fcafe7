/** The error family of the library: each message says what was expected, what came and what to change. */

/** A setting is missing, unknown or out of range. */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
  constructor(
    message: string,
    /** The setting, its value and the allowed values, for programs. */
    readonly facts: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A tensor does not have the shape that an operation needs. */
export class ShapeError extends ConfigError {
  override readonly name = "ShapeError";
}

/** A data file, an example, a label word or a split is not usable. */
export class DataError extends ConfigError {
  override readonly name = "DataError";
}

/** A weights file or a saved run cannot be read, or does not fit what it is loaded into. */
export class CheckpointError extends ConfigError {
  override readonly name = "CheckpointError";
}
