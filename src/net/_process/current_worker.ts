import { WorkerLink } from "./worker_link.ts";

let link: WorkerLink | null | undefined;

/** The connection of this program to its supervisor, or `null` if it has none. */
export function workerLink(): WorkerLink | null {
  return link === undefined ? link = WorkerLink.find() : link;
}
