// The command line, one function per group of subcommands. Each adds its subcommands to `app`; what runs sets
// `exit_code`: 0 done, 1 refused or failed, 2 usage or configuration, 3 not reachable or not available now.
#pragma once

namespace CLI {
class App;
}

namespace tongban::app {

inline constexpr int exit_done = 0;
inline constexpr int exit_refused = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_unavailable = 3;

void add_serve_command(CLI::App& app, int& exit_code);
void add_config_command(CLI::App& app, int& exit_code);
void add_send_command(CLI::App& app, int& exit_code);
void add_inbox_command(CLI::App& app, int& exit_code);
void add_case_commands(CLI::App& app, int& exit_code);
void add_catalogue_commands(CLI::App& app, int& exit_code);
void add_dialect_commands(CLI::App& app, int& exit_code);
void add_ledger_commands(CLI::App& app, int& exit_code);
void add_reconcile_command(CLI::App& ledger, int& exit_code);
void add_copy_command(CLI::App& ledger, int& exit_code);
void add_report_command(CLI::App& app, int& exit_code);
void add_deadletter_commands(CLI::App& app, int& exit_code);
void add_materials_commands(CLI::App& app, int& exit_code);
void add_partner_commands(CLI::App& app, int& exit_code);
void add_calendar_commands(CLI::App& app, int& exit_code);
void add_emulate_command(CLI::App& app, int& exit_code);
void add_probe_command(CLI::App& app, int& exit_code);
void add_quickstart_command(CLI::App& app, int& exit_code);

} // namespace tongban::app
