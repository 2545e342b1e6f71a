import { CompiledLoader, compileTemplates, DictLoader, Loader } from "../../src/template/mod.ts";
import { python } from "../../src/template/python.ts";
import { TempDir } from "../support/temp_dir.ts";
import { type LoaderKind, templateLoaderContract } from "./template_loader_contract.ts";

const kinds: readonly LoaderKind[] = [
  {
    name: "DictLoader",
    with: async (files, options, use) => await use(new DictLoader(files, options)),
  },
  {
    name: "Loader",
    with: async (files, options, use) => {
      using dir = new TempDir();
      for (const [name, source] of Object.entries(files)) dir.write(name, source);
      await use(new Loader(dir.path, options));
    },
  },
  {
    name: "CompiledLoader",
    with: async (files, options, use) => {
      const { namespace = {}, imports = {}, ...rest } = options;
      const module = compileTemplates(new DictLoader(files, rest), Object.keys(files));
      const { templates } = await import(`data:text/javascript,${encodeURIComponent(module)}`);
      await use(new CompiledLoader(templates, { namespace, imports, ...rest }));
    },
  },
];

for (const kind of kinds) {
  templateLoaderContract(kind);
  templateLoaderContract({ ...kind, name: `${kind.name} of Python`, language: python });
}
