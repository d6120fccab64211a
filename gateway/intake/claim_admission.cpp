// Before the event's digest is taken: what is filled in here is part of what was said.
#include "gateway/intake/claim_admission.hpp"

#include "gateway/http/case_problem.hpp"
#include "monitoring/text.hpp"

#include <algorithm>

namespace tongban::intake {

std::optional<http::problem> make_own(v1::Claimed& claim, const security::partner& sender, const lease_bounds& bounds) {
    if (sender.role != v1::ROLE_WINDOW) {
        return std::nullopt; // the life cycle refuses it
    }
    if (!claim.window_id().empty() && claim.window_id() != sender.window_id) {
        http::problem problem;
        problem.status = 403;
        problem.type = "not-your-window";
        problem.title_zh = "认领的窗口与证书不符";
        problem.title_en = "The window of the claim is not the certificate's";
        std::string named; // the sender's own words: fit to be told, and cut between characters
        named += monitoring::append_valid_utf8(named, claim.window_id(), 64) ? "…" : "";
        problem.detail_zh = "证书窗口 " + sender.window_id + "，报文窗口 " + named + "。";
        problem.detail_en = "The certificate is of window " + sender.window_id + "; the message says " + named + ".";
        return problem;
    }
    claim.set_window_id(sender.window_id);
    const auto asked = claim.lease_seconds() == 0 ? bounds.usual : std::chrono::seconds(claim.lease_seconds());
    claim.set_lease_seconds(static_cast<std::uint32_t>(std::min(asked, bounds.most).count()));
    return std::nullopt;
}

} // namespace tongban::intake
