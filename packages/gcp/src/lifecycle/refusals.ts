import { KmsError, nativeState, type KeyReference, type NativeState } from "@kms/core/driver";

/** `NOT_READY`: the key, or the version meant, is still being generated. */
export const notReady = (key: KeyReference): KmsError =>
  new KmsError("NOT_READY", "The key's material is still being made. Try again later.", { keyId: key.id });

/** `INVALID_STATE` with the state that refused. */
export const wrongState = (key: KeyReference, what: string, state: NativeState): KmsError =>
  new KmsError("INVALID_STATE", `Of a key of Cloud KMS ${what}, but it is ${state}.`, {
    keyId: key.id,
    state: nativeState(state),
  });
