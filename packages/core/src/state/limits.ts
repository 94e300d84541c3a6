/** Sizes that the codecs enforce; parameters of a chain may only be tighter. All in bytes unless named otherwise. */
export const LIMITS = {
  idBytesMax: 64,
  nameBytesMax: 128,
  endpointBytesMax: 256,
  decimalBytesMax: 32,
  gpusMax: 64,
  modelsPerProviderMax: 32,
  capabilitiesMax: 16,
  assignmentsPerProviderMax: 256,
  seatsPerProviderMax: 256,
  attemptsMax: 8,
  /** Of a task: one for each attempt, and those of a whole panel that stayed away. */
  pastOperatorsMax: 8 + 15,
  inputBytesMax: 262_144,
  /** Of models that are no networks. */
  plainInputBytesMax: 65_536,
  outputBytesMax: 65_536,
  proofBytesMax: 4_096,
  errorBytesMax: 1_024,
  headerBytesMax: 65_536,
  weightBytesMax: 65_536,
  heldModelsMax: 256,
  /** Leaves and hashes of a witness. */
  witnessBytesMax: 49_152,
  /** A move of a game: at most a witness with the opening of the challenger's own root. */
  moveBytesMax: 65_536,
} as const;

const ID = /^[A-Za-z0-9_:.-]{1,64}$/;

/** Whether `text` may name a provider, task or model: 1–64 of A–Z a–z 0–9 . _ : - */
export const isId = (text: string): boolean => ID.test(text);
