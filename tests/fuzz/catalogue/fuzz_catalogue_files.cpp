// Whatever stands in a file, reading it ends, in a catalogue that can be used, written and read again, or in mistakes that
// say why not. The first byte chooses the file's name; workbooks and compiled ones are known by their contents.
#include "connectors/catalogue/load.hpp"
#include "gateway/cases/catalogue_figures.hpp"
#include "gateway/cases/case_terms.hpp"
#include "gateway/cases/catalogue_rules.hpp"

#include <google/protobuf/stubs/logging.h>

#include <cstdlib>

namespace {

using namespace tongban;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void use(const cases::catalogue& known) {
    v1::CaseEvent event;
    event.mutable_case_()->set_origin_region("370800");
    for (const auto& row : known.rows()) {
        event.mutable_case_()->set_dest_region(row.item->region());
        event.mutable_case_submitted()->mutable_item()->set_impl_code(std::string(row.impl_code()));
        const auto judged = cases::judge(known, event, 20779, {});
        if (judged.item != nullptr) {
            v1::CaseTerms terms;
            cases::fill_terms(judged, terms);
        }
        require(!known.versions(row.item->region(), row.impl_code()).empty());
    }
    (void)cases::figures_of(known, 20779);
    (void)catalogue::lost_in_items_csv(known, catalogue::items_csv(known), "again.csv");
    (void)catalogue::agreements_csv(known);
    const auto again = catalogue::load_catalogue_bytes({{"again", catalogue::compile(known)}}, {20779, {}});
    require(again.loaded != nullptr && again.loaded->rows().size() == known.rows().size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const google::protobuf::LogHandler* const quiet = google::protobuf::SetLogHandler(nullptr);
    (void)quiet;
    if (size == 0) {
        return 0;
    }
    const char* const names[] = {"items.yaml", "items.csv", "items.xlsx", "items.binpb"};
    const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto read = tongban::catalogue::load_catalogue_bytes({{names[data[0] % 4], bytes}}, {20779, {}});
    if (read.loaded) {
        use(*read.loaded);
    } else {
        require(!read.mistakes.empty());
    }
    return 0;
}
