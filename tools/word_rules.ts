// The phrases that prose of this project avoids, since a native technical writer would not use them.

/** A phrase to avoid. */
export interface WordRule {
  /**
   * Matches the phrase in a paragraph without code, in which line ends are blanks. Case is ignored but in an opening
   * word.
   */
  readonly pattern: RegExp;
  /** What to write instead. */
  readonly instead: string;
  /** A sentence that the rule finds. */
  readonly wrong: string;
  /** The same without the fault, or one that is near to it and right. */
  readonly right: string;
}

/** The rules, which are looked for in every paragraph. */
export const WORD_RULES: readonly WordRule[] = [
  {
    pattern: /(?<!\bthere )\b(?:is|are) no (?!longer|more\b|less\b|better|different|worse)/,
    instead: "is not a",
    wrong: "Throws for what is no file.",
    right: "There is no file, and it is no longer needed.",
  },
  {
    pattern: /(?<!\bthere )\b(?:is|are) none\b(?! of| that)/,
    instead: "is not one",
    wrong: "It says that the body is a form and is none.",
    right: "If there is none, it is made.",
  },
  {
    pattern: /\bwhere there (?:is|are) (?:none|no)\b|\bwhere (?:that|it) is so\b/,
    instead: "if there is no",
    wrong: "The default where there is none.",
    right: "The default if there is none.",
  },
  { pattern: /\bof late\b/, instead: "recently", wrong: "Nothing has come of late.", right: "It has come too late." },
  {
    pattern: /(?:^|[.:;] )(?:Is|Are) there (?:while|if|once|when|only|for)\b/,
    instead: "name the thing: Exists while",
    wrong: "Is there while the server runs.",
    right: "The file is there while the server runs.",
  },
  {
    pattern:
      /(?<!\b(?:all|\d+|many|several|both|much|two|more|most|three|most|read|open|one|on|messages|everything) )\bat once\b(?! by)/,
    instead: "immediately",
    wrong: "Closes the connection at once.",
    right: "The most that is read at once; 500 at once.",
  },
  { pattern: /\bto be had\b/, instead: "available", wrong: "No port is to be had.", right: "No port is available." },
  {
    pattern: /\bof one's own\b/,
    instead: "its own",
    wrong: "For servers of one's own.",
    right: "For its own servers.",
  },
  {
    pattern: /\b(?:some|no|any|every)body\b(?: else)?(?! but\b)|\bwho(?:m)?ever\b/,
    instead: "name the actor: the peer, the caller, a handler, no reader",
    wrong: "Nobody may change it.",
    right: "No caller may change it, and nobody but the proxy can connect.",
  },
  {
    pattern: /\b(?:is|are) (?:not )?wanted\b/,
    instead: "unwanted, or say who asks for it",
    wrong: "Drops what is not wanted.",
    right: "Drops unwanted bytes.",
  },
  {
    pattern: /\bany more(?=[.,;:)]|$)/,
    instead: "no longer",
    wrong: "Nothing can be sent any more.",
    right: "Are there any more bytes?",
  },
  {
    pattern: /\b(?:is|are) (?:not )?to (?:be|have|keep|hold|come|go|wait|end|stay|do|lie|stand|get)\b/,
    instead: "must, or should",
    wrong: "A connection that lives long is to keep little.",
    right: "A long connection must keep little.",
  },
  { pattern: /\bfor ever\b/, instead: "forever", wrong: "It waits for ever.", right: "It waits forever." },
  {
    pattern: /(?<!\b(?:stays?|remains?|lea(?:ves?|ving) \S+) )\bas (?:it is|they are)(?=[.,;:)]|$)/,
    instead: "unchanged",
    wrong: "Other bodies pass as they are.",
    right: "Other bodies stay as they are, and pass unchanged.",
  },
  { pattern: /\ball the same\b/, instead: "anyway", wrong: "They get it all the same.", right: "They get it anyway." },
  {
    pattern: /\b(?:is|are|was) over(?=[.,;:)]|$| and\b| when\b)/,
    instead: "has ended",
    wrong: "Called when the request is over.",
    right: "Called when the request has ended.",
  },
  {
    pattern:
      /(?<!\b(?:leaves?|left) )\bbehind (?!it\b|them\b|`|a stream|(?:(?:a|the|one|an|some|several|another|your|its) )?(?:\S+ )?(?:prox|load|nginx|login|haproxy|balancer|loopback|NAT\b|firewall|slash|TLS))/,
    instead: "after",
    wrong: "What comes behind the last frame is dropped.",
    right: "A server behind a proxy, behind nginx.",
  },
  {
    pattern: /\b(?:is|are) at (?:its|their|an|the) end\b|\bcomes? to (?:its|their|an|the) end\b/,
    instead: "ends, has ended",
    wrong: "Forgets a connection that is at its end.",
    right: "Forgets a connection that has ended.",
  },
  {
    pattern: /(?:^|[.:;] )Has (?!`?(?:no|a|an|the same)\b)/,
    instead: "open with a verb: Calls, Registers, Makes",
    wrong: "Has the callback called at the end.",
    right: "Calls the callback at the end.",
  },
  {
    pattern: /(?:^|[.;] )(?:Whether|What|Who|Whose|Whom|Why|How)\b(?! is Twister)/,
    instead: "open with a verb or the thing itself: Tells whether, Returns the, The ... that",
    wrong: "What has come so far.",
    right: "The bytes received so far.",
  },
  {
    pattern: /(?:^|[.;] )Names (?:what|who|the one)\b/,
    instead: "Sets the callback that",
    wrong: "Names what is called when the peer goes away.",
    right: "Sets the callback that runs when the peer goes away.",
  },
  {
    pattern: /\bfor the time of\b/,
    instead: "during",
    wrong: "Changed for the time of one request.",
    right: "Changed during one request.",
  },
  {
    pattern: /\bwith the kernel\b/,
    instead: "handed to the kernel",
    wrong: "Resolves when the bytes are with the kernel.",
    right: "Resolves when the kernel has the bytes.",
  },
  { pattern: /\bon its own accord\b/, instead: "of its own accord", wrong: "On its own accord.", right: "By itself." },
  {
    pattern: /\bfor not at all\b/,
    instead: "to disable it",
    wrong: "`null` for not at all.",
    right: "`null` disables it.",
  },
  {
    pattern: /\bas (?:well )?(?:where|whether)\b[^.;]{0,30}\bor not\b/,
    instead: "whether or not",
    wrong: "The same as where it is closed or not.",
    right: "The same whether or not it is closed.",
  },
  {
    pattern: /\bmakes? no difference to (?:some|any|no)body\b|\bin the way of\b|\bby the name of which\b/,
    instead: "say what happens",
    wrong: "Closes in the way of Tornado.",
    right: "Closes as Tornado does.",
  },
  {
    pattern: /\b(?:which|that|who|what) (?:is|are) (?:such|so)(?=[.,;]|$)|\bsuch (?:a )?ones?\b|\bsuch as are\b/,
    instead: "name it",
    wrong: "The first handler, if it is such a one.",
    right: "The first handler of that class.",
  },
  {
    pattern: /\bthe (?:half|part|rest) of the time there is\b|\bthe time there is\b|\bmuch time there is\b/,
    instead: "the time allowed, the time left",
    wrong: "Closes in half of the time there is.",
    right: "Closes in half of the time allowed.",
  },
];
