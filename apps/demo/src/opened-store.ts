import { createKms, type Kms } from "@kms/core";
import { selfManagedKms, type Root, type SqliteStore } from "@kms/self-managed";
import { fileOf } from "./backends/backend.ts";
import type { Scene } from "./scene.ts";

/** A store that was opened from a file, and an instance over it. */
export interface OpenedStore {
  readonly store: SqliteStore;
  readonly kms: Kms;
}

/** Opens a store file through a root, as an application that starts does, for as long as `use` takes. */
export async function withStore<T>(
  scene: Scene,
  path: string,
  root: Root,
  use: (opened: OpenedStore) => Promise<T>,
): Promise<T> {
  const { backend, place, seals, clock } = scene;
  const store = await fileOf(place).open(path, root);
  try {
    const providers = { [backend.name]: await selfManagedKms({ store }) };
    const kms: Kms = createKms({
      providers,
      sealer: seals.application,
      clock,
      actor: "application",
      audience: "demo",
    });
    try {
      return await use({ store, kms });
    } finally {
      await kms.close();
    }
  } finally {
    store.close();
  }
}
