/** A namespace, message, enumeration or service in protobuf.js' JSON. */
export interface Definition {
  readonly nested?: Readonly<Record<string, Definition>>;
  readonly fields?: Readonly<Record<string, Field>>;
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly methods?: Readonly<Record<string, Method>>;
}

interface Field {
  readonly rule?: string;
  readonly keyType?: string;
  readonly type: string;
  readonly id: number;
}

interface Method {
  readonly requestType: string;
  readonly responseType: string;
}

/** What to keep of a source: methods by service, and messages by themselves. */
export interface Wanted {
  readonly methods: Readonly<Record<string, readonly string[]>>;
  readonly messages: readonly string[];
}

interface Tree {
  nested?: Record<string, Tree>;
  [part: string]: unknown;
}

const find = (root: Definition, path: readonly string[]): Definition | undefined =>
  path.reduce<Definition | undefined>((at, name) => at?.nested?.[name], root);

// Protocol Buffers, Language Guide, Packages and Name Resolution: from the innermost scope outwards.
function resolve(root: Definition, scope: readonly string[], name: string): string | undefined {
  for (let depth = scope.length; depth >= 0; depth -= 1) {
    const path = [...scope.slice(0, depth), ...name.split(".")];
    const found = find(root, path);
    if (found?.fields !== undefined || found?.values !== undefined) return path.join(".");
  }
  return undefined; // a scalar
}

const own = (definition: Definition): Tree => ({
  ...(definition.oneofs === undefined ? {} : { oneofs: definition.oneofs }),
  ...(definition.fields === undefined
    ? {}
    : {
        fields: Object.fromEntries(
          Object.entries(definition.fields).map(([name, { rule, keyType, type, id }]) => [
            name,
            { ...(rule === undefined ? {} : { rule }), ...(keyType === undefined ? {} : { keyType }), type, id },
          ]),
        ),
      }),
  ...(definition.values === undefined ? {} : { values: definition.values }),
});

function place(target: Tree, path: readonly string[], parts: Tree): void {
  const at = path.reduce<Tree>((tree, name) => {
    tree.nested ??= {};
    return (tree.nested[name] ??= {});
  }, target);
  Object.assign(at, parts);
}

/**
 * The wanted part of protobuf.js' JSON, added to `target`: the named methods, and every message and enumeration that
 * they reach. Options (HTTP paths, field behaviour, documentation) are left out.
 */
export function trim(root: Definition, wanted: Wanted, target: Tree): void {
  const waiting = [...wanted.messages];
  for (const [service, names] of Object.entries(wanted.methods)) {
    const path = service.split(".");
    const all = find(root, path)?.methods ?? {};
    const methods: Record<string, Method> = {};
    for (const name of names) {
      const method = all[name];
      if (method === undefined) throw new TypeError(`${service} has no method ${name}`);
      methods[name] = { requestType: method.requestType, responseType: method.responseType };
      for (const type of [method.requestType, method.responseType]) {
        waiting.push(resolve(root, path.slice(0, -1), type) ?? "");
      }
    }
    place(target, path, { methods });
  }
  const done = new Set<string>();
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (done.has(name)) continue;
    done.add(name);
    const path = name.split(".");
    const definition = find(root, path);
    if (definition === undefined) throw new TypeError(`there is no message ${name}`);
    place(target, path, own(definition));
    for (const { type } of Object.values(definition.fields ?? {})) {
      const reached = resolve(root, path, type);
      if (reached !== undefined) waiting.push(reached);
    }
  }
}
