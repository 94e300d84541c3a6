/** Whose move is due in a game, as its record numbers it. */
export const GAME_TURN = { nobody: 0, challenger: 1, provider: 2 } as const;
