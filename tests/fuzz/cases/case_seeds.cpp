// Writes the seed corpora: `case_seeds <folder>` fills <folder>/{evolve,validate,text}. Run it again after a
// change of the schema and commit what it writes.
#include "tests/unit/gateway/cases/sample_event.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>

namespace {

using namespace tongban;
using event = v1::CaseEvent;
namespace story = cases::story;
namespace sample = cases::sample;

void write(const std::filesystem::path& file, const std::string& bytes) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
}

std::string as_log(const std::vector<v1::LedgerRecord>& records) {
    std::string log;
    for (const auto& record : records) {
        const auto bytes = record.SerializeAsString();
        log += static_cast<char>(bytes.size() & 0xff);
        log += static_cast<char>(bytes.size() >> 8);
        log += '\x01';
        log += bytes;
    }
    return log;
}

std::vector<v1::LedgerRecord> by_platforms(std::initializer_list<event::BodyCase> bodies) {
    std::vector<v1::LedgerRecord> records{story::submission()};
    for (const auto body : bodies) {
        const auto side = cases::side_of(body);
        records.push_back(story::record(body, side == cases::side::origin    ? story::platform_a()
                                              : side == cases::side::gateway ? story::gateway()
                                                                             : story::platform_b()));
    }
    return records;
}

void write_evolve(const std::filesystem::path& folder) {
    using e = event;
    write(folder / "whole",
          as_log(by_platforms({e::kDestReceived, e::kSupplementRequired, e::kSupplementSubmitted,
                               e::kCaseAccepted, e::kReviewStarted, e::kSpecialStarted, e::kSpecialEnded,
                               e::kDecided, e::kCaseClosed, e::kShipped, e::kSigned, e::kEvaluated})));
    auto revised = by_platforms({e::kReturned});
    revised.push_back(story::submission());
    write(folder / "revision", as_log(revised));
    write(folder / "withdrawal",
          as_log(by_platforms({e::kDestReceived, e::kWithdrawRequested, e::kWithdrawn})));
    write(folder / "claims", as_log({story::submission(), story::claim(story::window_b(), "w1", "1001", 2),
                                     story::with_token(story::record(e::kDestReceived, story::window_b()), 1),
                                     story::claim(story::other_window_b(), "w2", "1002", 60),
                                     story::with_token(story::record(e::kReleased, story::window_b()), 1)}));
}

void write_validate(const std::filesystem::path& folder) {
    auto filed = sample::submission();
    write(folder / "valid", filed.SerializeAsString());
    filed.mutable_dossier()->mutable_applicant()->set_id_no("3.2E+17");
    filed.mutable_case_submitted()->mutable_item()->set_impl_code("公积金");
    auto& agent = *filed.mutable_dossier()->mutable_agent()->mutable_person();
    agent.set_name("样例乙");
    agent.set_id_type("111");
    agent.set_id_no("370299198808082225");
    write(folder / "broken", filed.SerializeAsString());
    for (int number = event::kDestReceived; number <= event::kSupplementAccepted; ++number) {
        event other;
        story::set_body(other, static_cast<event::BodyCase>(number));
        other.mutable_dossier()->set_reason("原因");
        write(folder / std::string(cases::name(other.body_case())), other.SerializeAsString());
    }
}

void write_text(const std::filesystem::path& folder) {
    int number = 0;
    for (const char* text :
         {"370899198506150010", "34052419800101001X", "91370899TT0000015Q", "3.2E+17",
          "1.2.156.3005.2.11100000000013338W011.11370800TT0000111W.370800TT2024000001.001.C", "王䶮",
          "阿依·样例", "山西省?治市", "锟斤拷", "TB370800000000000000000000000000AB"}) {
        write(folder / std::to_string(++number), text);
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: case_seeds <folder>\n";
        return 2;
    }
    const std::filesystem::path folder(argv[1]);
    write_evolve(folder / "evolve");
    write_validate(folder / "validate");
    write_text(folder / "text");
    return 0;
}
