#include "gateway/cases/waybills.hpp"

#include "gateway/cases/plain_text.hpp"

namespace tongban::cases {

namespace {

void write_alike(std::string& waybill) {
    waybill = plain_text(waybill);
    for (char& c : waybill) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
}

} // namespace

void write_waybills_alike(v1::CaseEvent& event) {
    if (event.dossier().has_delivery() && !event.dossier().delivery().waybill().empty()) {
        write_alike(*event.mutable_dossier()->mutable_delivery()->mutable_waybill());
    }
    if (event.has_shipped_to_dest()) {
        write_alike(*event.mutable_shipped_to_dest()->mutable_waybill());
    } else if (event.has_paper_received()) {
        write_alike(*event.mutable_paper_received()->mutable_waybill());
    }
}

} // namespace tongban::cases
