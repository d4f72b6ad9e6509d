-- written.lua: the pages of the manual that are written by hand, in docs/.
--
-- Each has the section that it has as a man page, if it is installed as such, and what it is about.
return {
  { name = "start", about = "the first two minutes" },
  { name = "scripting", section = 7, about = "what a script sees and can do" },
  { name = "spans", section = 7, about = "what took how long: spans" },
  { name = "recipes", section = 5, about = "a pipeline in a YAML file" },
  { name = "own-scripts", about = "your own scripts: names, tests" },
  { name = "one-liners", about = "twelve lessons on the command line" },
  { name = "cookbook", about = "questions, and the command for each" },
  { name = "exports", about = "files for other viewers" },
  { name = "sharing", about = "making a trace safe to hand out" },
  { name = "sql", about = "traces as a database" },
  { name = "live", about = "traces of running programs" },
  { name = "fleet", about = "many traces, several processes" },
  { name = "expect", about = "what must hold of a trace" },
  { name = "troubleshooting", about = "what is wrong with a trace" },
  { name = "completion", about = "the tab key in bash, zsh and fish" },
  { name = "yaml", about = "traces as text" },
  { name = "library", about = "the same from C" },
  { name = "stability", about = "what stays as it is; exit statuses" },
  { name = "agents", file = "SKILL", about = "how programs ask: JSON first" },
}
