/** The key of the rows of Cloud KMS, and the ring that it is in. */
export const keyRing = "projects/bench-project/locations/global/keyRings/bench";
export const name: string = `${keyRing}/cryptoKeys/bench`;
