#include "tests/history/history_files.hpp"

#include "gateway/ledger/dump_line.hpp"
#include "tests/history/checker.hpp"

#include <boost/json/parse.hpp>

namespace tongban::history {

namespace {

// Where a record stands that the dump itself could not read; nothing when the line is no such.
std::optional<log::position> unreadable(const std::string& line) {
    boost::system::error_code ec;
    const auto value = boost::json::parse(line, ec);
    const auto* object = ec ? nullptr : value.if_object();
    if (object == nullptr || !object->contains("unreadable")) {
        return std::nullopt;
    }
    const auto* partition = object->if_contains("partition");
    const auto* offset = object->if_contains("offset");
    if (partition == nullptr || offset == nullptr || !partition->is_int64() || !offset->is_int64()) {
        return std::nullopt;
    }
    return log::position{static_cast<std::uint32_t>(partition->get_int64()),
                         static_cast<std::uint64_t>(offset->get_int64())};
}

} // namespace

boost::system::result<verdict, std::string> check(std::istream& ledger, std::istream& answers) {
    checker judge;
    std::string line;
    for (std::uint64_t n = 1; std::getline(ledger, line); ++n) {
        if (auto read = ledger::read_dump_line(line)) {
            read->as_read.key = read->key;
            read->as_read.value = read->value;
            judge.record(read->as_read);
        } else if (n == 1 && ledger::read_dump_head(line)) {
            continue; // what the dump holds
        } else if (const auto at = unreadable(line)) {
            judge.unreadable_record(*at);
        } else {
            return "ledger, line " + std::to_string(n) + ": no line of a dump";
        }
    }
    for (std::uint64_t n = 1; std::getline(answers, line); ++n) {
        const auto read = read_answer(line);
        if (!read) {
            return "answers, line " + std::to_string(n) + ": " + read.error();
        }
        judge.answered(*read);
    }
    if (ledger.bad() || answers.bad()) {
        return std::string("a file could not be read to its end");
    }
    return judge.finish();
}

} // namespace tongban::history
