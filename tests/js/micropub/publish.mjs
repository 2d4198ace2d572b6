// Does with micropub-helper what a writing app does; writes what came of it as one line of JSON.
import { createRequire } from "node:module";

// Its other form asks rel-parser, which only discovery needs, for a name that the older one lacks.
const { Micropub } = createRequire(import.meta.url)("micropub-helper");

const [micropubEndpoint, token] = process.argv.slice(2);
const app = new Micropub({ micropubEndpoint, token });
const seen = { verified: await app.verifyToken() };

seen.config = await app.query("config");
app.options = { mediaEndpoint: seen.config["media-endpoint"] };
seen.syndication = await app.query("syndicate-to");

const gif = new Uint8Array([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 2, 0, 2, 0, 0, 0, 0, 0x3b]);
const picture = new File([gif], "dot.gif", { type: "image/gif" });
seen.media = await app.postMedia(picture);

seen.article = await app.create({
  type: ["h-entry"],
  properties: {
    name: ["From an app"],
    content: [{ html: "<p>With <b>bold</b> words.</p>" }],
    category: ["apps", "tests"],
    photo: [{ value: seen.media, alt: "A dot" }],
  },
});
seen.note = await app.create({ h: "entry", content: "A note & more", category: ["apps"] }, "form");
seen.photo = await app.create({ h: "entry", content: "A photo", photo: picture }, "multipart");

await app.update(seen.article, {
  replace: { content: ["Said anew"] },
  add: { category: ["more"] },
  delete: ["name"],
});
seen.source = await app.querySource(seen.article);
seen.some = await app.querySource(seen.note, ["content", "category"]);
seen.all = await app.querySource();

await app.delete(seen.note);
seen.deleted = (await fetch(seen.note)).status;
await app.undelete(seen.note);
seen.undeleted = (await fetch(seen.note)).status;

try {
  await new Micropub({ micropubEndpoint, token: "fs_wrong" }).create({ type: ["h-entry"] });
} catch (error) {
  seen.refused = error.message;
}
console.log(JSON.stringify(seen));
