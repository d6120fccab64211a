// history_check LEDGER.jsonl ANSWERS.jsonl [--json]: exit 0 clean, 1 findings, 2 unreadable.
#include "tests/history/history_files.hpp"

#include <fstream>
#include <iostream>
#include <string_view>
#include <vector>

namespace {

int run(const std::vector<std::string_view>& given) {
    bool as_json = false;
    std::vector<std::string> files;
    for (const auto each : given) {
        if (each == "--json") {
            as_json = true;
        } else {
            files.emplace_back(each);
        }
    }
    if (files.size() != 2) {
        std::cerr << "history_check LEDGER.jsonl ANSWERS.jsonl [--json]\n";
        return 2;
    }
    std::ifstream ledger(files[0]);
    std::ifstream answers(files[1]);
    if (!ledger || !answers) {
        std::cerr << "history_check: " << files[ledger ? 1 : 0] << " cannot be opened\n";
        return 2;
    }
    const auto said = tongban::history::check(ledger, answers);
    if (!said) {
        std::cerr << "history_check: " << said.error() << '\n';
        return 2;
    }
    std::cout << (as_json ? tongban::history::as_json(*said) + '\n' : tongban::history::as_text(*said));
    return said->is_clean() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& e) {
        std::cerr << "history_check: " << e.what() << '\n';
        return 2;
    }
}
