// The look-up and the folder; what a partner file may say is in partner_reader.cpp.
#include "security/partner_directory.hpp"

#include "security/partner_reader.hpp"

#include <algorithm>

namespace tongban::security {
namespace {

constexpr std::size_t files_max = 1000;

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

bool plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20; });
}

} // namespace

bool partner::acts_for(std::string_view region) const noexcept {
    return std::find(regions.begin(), regions.end(), region) != regions.end();
}

partner_directory::load_result partner_directory::load(const std::filesystem::path& folder) {
    load_result result;
    std::vector<std::filesystem::path> paths;
    std::error_code failure;
    std::filesystem::directory_iterator entries(folder, failure);
    for (; !failure && entries != std::filesystem::directory_iterator(); entries.increment(failure)) {
        const std::string name = entries->path().filename().string();
        if (name.starts_with('.'))
            continue; // an editor's copy, or the links by which Kubernetes swaps a mounted folder
        if (name.ends_with(".yaml"))
            paths.push_back(entries->path());
        else if (name.ends_with(".yml"))
            result.mistakes.push_back(
                {entries->path().string(), 0, 0, "", {"不会被读取，请改名为 .yaml", "would not be read; rename it to .yaml"}});
    }
    if (failure)
        result.mistakes.push_back(
            {folder.string(), 0, 0, "", {"无法作为文件夹读取：" + failure.message(), "cannot be read as a folder: " + failure.message()}});
    else if (paths.empty())
        result.mistakes.push_back(
            {folder.string(), 0, 0, "", {"没有 *.yaml 文件，至少须有一个合作方", "holds no *.yaml: at least one partner is needed"}});
    else if (paths.size() > files_max)
        result.mistakes.push_back({folder.string(), 0, 0, "", {"超过 1000 个文件", "holds more than 1000 files"}});
    if (paths.size() > files_max)
        return result;
    std::sort(paths.begin(), paths.end());

    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& path : paths)
        if (auto text = read_file(path, result.mistakes))
            files.emplace_back(path.string(), std::move(*text));
    load_result parsed = parse(files);
    result.mistakes.insert(result.mistakes.end(), parsed.mistakes.begin(), parsed.mistakes.end());
    result.dialects = std::move(parsed.dialects);
    if (result.mistakes.empty())
        result.directory = std::move(parsed.directory);
    return result;
}

partner_directory::load_result
partner_directory::parse(const std::vector<std::pair<std::string, std::string>>& files) {
    load_result result;
    const auto directory = std::make_shared<partner_directory>();
    partner_reader reader(*directory, result);
    for (const auto& [name, text] : files)
        reader.read(name, text);
    if (result.mistakes.empty())
        result.directory = directory;
    return result;
}

const partner_directory::target* partner_directory::match(identity_rule kind,
                                                          const std::string& value) const {
    const exact_rules& rules = exact_[static_cast<std::size_t>(kind)];
    const auto exact = rules.find(value);
    const target* best = exact == rules.end() ? nullptr : &exact->second;
    if (kind != identity_rule::san_uri || !plain(value))
        return best;
    for (const prefix_rule& rule : uri_prefixes_) { // in order
        if (best != nullptr && best->order < rule.to.order)
            break;
        if (value.size() > rule.prefix.size() && value.starts_with(rule.prefix))
            return &rule.to;
    }
    return best;
}

std::shared_ptr<const partner> partner_directory::identify(const certificate_facts& certificate) const {
    const target* first = nullptr;
    const auto consider = [&](identity_rule kind, const std::string& value) {
        const target* found = match(kind, value);
        if (found != nullptr && (first == nullptr || found->order < first->order))
            first = found;
    };
    for (const std::string& uri : certificate.san_uris)
        consider(identity_rule::san_uri, uri);
    for (const std::string& name : certificate.san_dns)
        consider(identity_rule::san_dns, lower(name));
    consider(identity_rule::subject, certificate.subject);
    consider(identity_rule::fingerprint, certificate.sha256_fingerprint);
    return first == nullptr ? nullptr : first->who;
}

std::shared_ptr<const partner> partner_directory::receiver_of(std::string_view region) const noexcept {
    for (const auto& partner : partners_) {
        if (partner->delivery && partner->acts_for(region))
            return partner;
    }
    return nullptr;
}

bool partner_directory::knows_region(std::string_view region) const noexcept {
    return std::any_of(partners_.begin(), partners_.end(),
                       [&](const auto& p) { return p->acts_for(region); });
}

} // namespace tongban::security
