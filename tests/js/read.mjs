// Reads the feed files given as arguments with feedsmith and writes what it saw, one line of JSON each.
import { readFileSync } from "node:fs";
import { parseFeed } from "feedsmith";

for (const file of process.argv.slice(2)) {
  console.log(JSON.stringify(parseFeed(readFileSync(file, "utf8"))));
}
