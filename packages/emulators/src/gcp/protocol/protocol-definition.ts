/** A namespace, message, enumeration or service in protobuf.js' JSON. */
export interface ProtocolDefinition {
  readonly nested?: Readonly<Record<string, ProtocolDefinition>>;
  readonly fields?: Readonly<Record<string, ProtocolField>>;
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly methods?: Readonly<Record<string, { readonly requestType: string; readonly responseType: string }>>;
}

/** A field of a message: its number, its type, and whether it is a list or a map. */
export interface ProtocolField {
  readonly rule?: string;
  readonly keyType?: string;
  readonly type: string;
  readonly id: number;
}
