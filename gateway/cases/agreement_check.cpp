// The agreements' half of the check: each by itself, then every two that open the same way.
#include "gateway/cases/catalogue_faults.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

namespace tongban::cases {

namespace {

using regions = google::protobuf::RepeatedPtrField<std::string>;

class agreement_checker {
public:
    agreement_checker(const catalogue& read, const check_settings& settings, catalogue_faults& faults)
        : read_(read), settings_(settings), faults_(faults) {
        for (const auto& row : read.rows()) {
            if (codes_.empty() || codes_.back() != row.impl_code()) {
                codes_.push_back(row.impl_code());
            }
            if (!row.item->basic_code().empty()) {
                codes_.push_back(row.item->basic_code());
            }
        }
        std::sort(codes_.begin(), codes_.end());
        codes_.erase(std::unique(codes_.begin(), codes_.end()), codes_.end());
    }

    void run() {
        for (const auto& row : read_.agreements()) {
            faults_.about(catalogue_fault::subject::agreement, row.position);
            check_one(row);
        }
        check_together();
    }

private:
    void check_one(const agreement_row& row) {
        const auto& agreement = *row.agreement;
        if (agreement.id().empty() || agreement.id().size() > 64) {
            faults_.wrong("id", "协议编号应为1至64字节", "the id must have 1 to 64 bytes");
        } else if (!ids_.insert(agreement.id()).second) {
            faults_.wrong("id", "协议编号重复：" + agreement.id(), "this id stands twice: " + agreement.id());
        }
        check_regions(agreement.origins(), "origins");
        check_regions(agreement.destinations(), "destinations");
        if (agreement.origins_size() == 1 && agreement.destinations_size() == 1 &&
            agreement.origins(0) == agreement.destinations(0)) {
            faults_.wrong("destinations", "收件地与办理地相同：同一区划内无需协议",
                          "origin and destination are one region: within it no agreement is needed");
        }
        const auto pairs = static_cast<std::size_t>(agreement.origins_size()) *
                           static_cast<std::size_t>(agreement.destinations_size());
        pairs_ += pairs * (agreement.mutual() ? 2 : 1);
        if (pairs_ > catalogue_pairs_max) {
            faults_.wrong("origins", "收件地与办理地的组合总数过多", "too many pairs of regions in all agreements together");
        }
        check_validity(agreement.valid_from(), agreement.valid_to(), faults_);
        if (day_of(agreement.valid_to()) && row.valid.to < settings_.day) {
            faults_.warn("valid_to", "协议已过期：" + agreement.valid_to(), "has expired: " + agreement.valid_to());
        }
        if (!agreement.all_items() && agreement.items().empty() && agreement.item_classes().empty()) {
            faults_.wrong("items", "没有写明哪些事项（all_items、classes 或 items）",
                          "names no items (all_items, classes or items)");
        }
        if (agreement.all_items() && (!agreement.items().empty() || !agreement.item_classes().empty())) {
            faults_.wrong("all_items", "写了全部事项，又列出了事项或类别：只能写一种",
                          "covers all items and names some too: say one of both");
        }
        check_terms_said(agreement);
        check_classes(agreement);
        check_items_named(agreement);
        check_delegations(agreement);
        check_items_own_delegates(row);
    }

    // A case has one body to which its decision is delegated: the agreement's.
    void check_items_own_delegates(const agreement_row& row) {
        const auto& agreement = *row.agreement;
        if (agreement.delegations().empty()) {
            return;
        }
        const auto check_region_of = [&](const std::string& region) {
            for (const auto& item : read_.of_region(region_number(region))) {
                const auto& own = item.item->deciding().uscc();
                const auto said = own.empty() ? std::string_view(own) : row.deciding_uscc(item);
                if (said != own && row.covers(item)) {
                    faults_.warn("delegations", "事项 " + std::string(item.impl_code()) + " 自身写明的决定机构是 " + own +
                                                    "，以协议所写 " + std::string(said) + " 为准",
                                 "item " + std::string(item.impl_code()) + " names " + own +
                                     " as its deciding body: the agreement's " + std::string(said) + " counts");
                }
            }
        };
        std::ranges::for_each(agreement.destinations(), check_region_of);
        if (agreement.mutual()) {
            std::ranges::for_each(agreement.origins(), check_region_of);
        }
    }

    // What every case under it records: without them it holds, but nobody could say since when and by which rules.
    void check_terms_said(const v1::Agreement& agreement) {
        if (agreement.rules_version().empty()) {
            faults_.warn("rules_version", "没有写明适用的运行管理办法版本", "does not say which rules apply (rules_version)");
        }
        if (agreement.valid_from().empty()) {
            faults_.warn("valid_from", "没有写明生效日期，视为一直有效", "does not say from which day it holds: taken as always");
        }
    }

    void check_regions(const regions& named, const std::string& field) {
        if (named.empty()) {
            faults_.wrong(field, "没有区划", "names no region");
        }
        for (int i = 0; i < named.size(); ++i) {
            const auto at = field + '[' + std::to_string(i) + ']';
            if (std::find(named.begin(), named.begin() + i, named[i]) != named.begin() + i) {
                faults_.wrong(at, "区划重复：" + named[i], "this region stands twice: " + named[i]);
            } else if (!is_region_code(named[i])) {
                faults_.wrong(at, "应为6位行政区划代码：" + named[i], "must be a region code of 6 digits: " + named[i]);
            } else if (settings_.knows_region && !settings_.knows_region(named[i])) {
                faults_.warn(at, "没有接入单位代表区划 " + named[i], "no partner acts for region " + named[i]);
            }
        }
    }

    void check_classes(const v1::Agreement& agreement) {
        const auto& known = read_.header().classes();
        for (const auto& code : agreement.item_classes()) {
            const bool is_known =
                std::any_of(known.begin(), known.end(), [&](const auto& one) { return one.code() == code; });
            if (!is_known) {
                faults_.wrong("classes", "未登记的事项类别：" + code, "unknown item class: " + code);
            }
        }
    }

    void check_item_named(const std::string& code, const std::string& field) {
        if (!std::binary_search(codes_.begin(), codes_.end(), std::string_view(code))) {
            faults_.wrong(field, "事项目录中没有：" + code, "no item of the catalogue has this code: " + code);
        }
    }

    void check_items_named(const v1::Agreement& agreement) {
        for (int i = 0; i < agreement.items_size(); ++i) {
            check_item_named(agreement.items(i), "items[" + std::to_string(i) + ']');
        }
    }

    void check_delegations(const v1::Agreement& agreement) {
        const auto& all = agreement.delegations();
        for (int i = 0; i < all.size(); ++i) {
            const auto field = "delegations[" + std::to_string(i) + ']';
            if (all[i].deciding().uscc().empty()) {
                faults_.wrong(field + ".uscc", "没有决定机构", "names no deciding body");
            }
            check_body(all[i].deciding(), field + ".uscc", faults_);
            for (const auto& code : all[i].items()) {
                check_item_named(code, field + ".items");
            }
            const auto before = std::find_if(all.begin(), all.begin() + i, [&](const v1::Delegation& one) {
                return one.deciding().uscc() != all[i].deciding().uscc() && takes_from(one, all[i]);
            });
            if (before != all.begin() + i) {
                faults_.wrong(field + ".items", "其中的事项已委托给另一机构：" + before->deciding().uscc(),
                              "an item of it is delegated to another body already: " + before->deciding().uscc());
            }
        }
    }

    // The first that fits an item counts (agreement_row::deciding_uscc): one for all items belongs behind the others.
    static bool takes_from(const v1::Delegation& first, const v1::Delegation& second) {
        if (first.items().empty()) {
            return true;
        }
        return std::ranges::any_of(first.items(), [&second](const std::string& code) {
            return std::ranges::any_of(second.items(), [&code](const std::string& other) {
                return code == other || (code.size() > other.size() && code.ends_with(other)) ||
                       (other.size() > code.size() && other.ends_with(code)); // 基本编码 of the 实施编码
            });
        });
    }

    // Two agreements that hold on one day for one item of one way must say the same, or nobody knows which counts.
    void check_together() {
        const auto ways = read_.ways();
        std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> done; // both agreements, destination
        constexpr std::size_t one_way_max = 100;
        for (std::size_t i = 1; i < ways.size(); ++i) {
            for (std::size_t j = i; j-- > 0 && ways[j].from == ways[i].from && ways[j].to == ways[i].to;) {
                if (faults_.full()) {
                    return;
                }
                if (i - j > one_way_max) {
                    faults_.about(catalogue_fault::subject::agreement, read_.agreements()[ways[i].agreement].position);
                    faults_.wrong("origins", "同一方向的协议超过100个", "more than 100 agreements open one way");
                    return;
                }
                if (done.emplace(ways[j].agreement, ways[i].agreement, ways[i].to).second) {
                    compare(read_.agreements()[ways[j].agreement], read_.agreements()[ways[i].agreement], ways[i]);
                }
            }
        }
    }

    void compare(const agreement_row& first, const agreement_row& second, const catalogue::way& way) {
        if (!first.valid.overlaps(second.valid) || !common_mode(first, second) ||
            told_.contains({first.position, second.position})) {
            return;
        }
        for (const auto& row : read_.of_region(way.to)) {
            if (!first.covers(row) || !second.covers(row)) {
                continue;
            }
            told_.emplace(first.position, second.position);
            faults_.about(catalogue_fault::subject::agreement, second.position);
            const auto where = region_text(way.from) + "→" + region_text(way.to) + ", " + std::string(row.impl_code());
            if (same_rules(first, second, row)) {
                faults_.warn("id", "与协议 " + first.agreement->id() + " 重复（" + where + "）",
                             "repeats agreement " + first.agreement->id() + " (" + where + ")");
            } else {
                faults_.wrong("id", "与协议 " + first.agreement->id() + " 相互矛盾（" + where + "）",
                              "contradicts agreement " + first.agreement->id() + " (" + where + ")");
            }
            return;
        }
    }

    static bool common_mode(const agreement_row& first, const agreement_row& second) {
        for (const auto mode : {v1::BUSINESS_MODE_FULL_ONLINE, v1::BUSINESS_MODE_COLLECT_FOR_OTHER, v1::BUSINESS_MODE_JOINT}) {
            if (first.allows(mode) && second.allows(mode)) {
                return true;
            }
        }
        return false;
    }

    static bool same_rules(const agreement_row& first, const agreement_row& second, const item_row& row) {
        return first.agreement->rules_version() == second.agreement->rules_version() &&
               first.agreement->accepts_by_mandate() == second.agreement->accepts_by_mandate() &&
               first.deciding_uscc(row) == second.deciding_uscc(row);
    }

    const catalogue& read_;
    const check_settings& settings_;
    catalogue_faults& faults_;
    std::vector<std::string_view> codes_; // sorted: all that an agreement may name
    std::set<std::string_view> ids_;
    std::set<std::pair<std::uint32_t, std::uint32_t>> told_;
    std::size_t pairs_ = 0;
};

} // namespace

void check_agreements(const catalogue& read, const check_settings& settings, catalogue_faults& faults) {
    if (!read.agreements().empty()) {
        agreement_checker(read, settings, faults).run();
    }
}

} // namespace tongban::cases
