import { lstat, readlink, rename, rm, symlink } from "node:fs/promises";
import { connect } from "node:net";
import { diskError, errnoOf } from "./errors.ts";

/** The name of the lock in its directory: a link to the socket of its holder. */
export const lockName = "audit.lock";

/** A name for a socket from eight random characters. */
export const socketName = (random: string): string => `lock-${random}`;
const socketNames = /^lock-[\w-]{8}$/;

/** Whom the lock's name leads to; `undefined` where it does not stand. */
export const holderOf = (directory: string): Promise<string | undefined> => leadsTo(`${directory}/${lockName}`);

/**
 * Gives the lock to a socket that listens already, or answers false: somebody has it, or was faster.
 * `audit.lock` leads to a socket, `<socket>.next` to the one that came after it, and whoever finds nobody behind the last
 * adds its own. So one process at most comes after each that is gone, wherever any of them was killed; decision 0030 has
 * the argument.
 */
export async function claimLock(directory: string, own: string): Promise<boolean> {
  const lock = `${directory}/${lockName}`;
  const gone: string[] = [];
  let end = lock;
  for (let found = await leadsTo(end); found !== undefined; found = await leadsTo(end)) {
    if (!socketNames.test(found) || gone.includes(found) || (await answers(`${directory}/${found}`))) return false;
    gone.push(found);
    end = next(directory, found);
  }
  if (!(await linkTo(own, end))) return false;
  if (end === lock) return true;
  return rank(directory, gone, end);
}

/** Puts who stands at the end of a chain at its front, unless the front has moved past what was judged. */
async function rank(directory: string, gone: readonly string[], end: string): Promise<boolean> {
  const front = await holderOf(directory);
  try {
    // Names are random, so none comes back: behind another front, or none, nobody comes by here any more.
    if (front === undefined || !gone.includes(front)) {
      await rm(end, { force: true });
      return false;
    }
    await rename(end, `${directory}/${lockName}`);
    const left = gone.flatMap((name) => [`${directory}/${name}`, next(directory, name)]);
    await Promise.all(left.map((path) => rm(path, { force: true })));
    return true;
  } catch (error) {
    throw diskError(`Taking over ${directory}/${lockName}`, error);
  }
}

const next = (directory: string, socket: string): string => `${directory}/${socket}.next`;

/** Where a link leads; `""` for something else that bears the name. */
async function leadsTo(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    if (errnoOf(error) === "EINVAL") return "";
    throw diskError(`Looking at ${path}`, error);
  }
}

/** Makes a link that leads to a socket beside it; false where something bears the name. */
async function linkTo(socket: string, path: string): Promise<boolean> {
  try {
    await symlink(socket, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw diskError(`Locking ${path}`, error);
  }
}

/** Whether somebody listens; where that cannot be told, or something else bears the name, somebody does. */
async function answers(path: string): Promise<boolean> {
  try {
    if (!(await lstat(path)).isSocket()) return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw diskError(`Looking at ${path}`, error);
  }
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    // ENOENT: let go since it was looked at.
    socket.once("error", (error) => resolve(!["ECONNREFUSED", "ENOENT"].includes(errnoOf(error) ?? "")));
  });
}
