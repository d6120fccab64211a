// tongban pki: the development CA on the command line.
#pragma once

namespace CLI {
class App;
}

namespace tongban::app {

// Adds `pki init|issue|revoke|show`. What runs sets `exit_code`: 0 done, 1 failed; a wrong option is a
// CLI::ParseError, which main answers with 2.
void add_pki_commands(CLI::App& app, int& exit_code);

} // namespace tongban::app
