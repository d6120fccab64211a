// Files of cases: taken from cities, kept in the object store under their digest, and given only to the two sides of a case
// that references them. Nothing here blocks an I/O thread, and no file is ever in memory whole.
#pragma once

#include "connectors/fetch/https_file.hpp"
#include "connectors/objects/object_store.hpp"
#include "connectors/objects/scanner.hpp"
#include "gateway/http/message.hpp"
#include "gateway/ledger/dossier_files.hpp"
#include "gateway/ledger/ledger.hpp"
#include "gateway/materials/staging.hpp"
#include "monitoring/metrics.hpp"
#include "security/live.hpp"
#include "security/partner_directory.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tongban::materials {

// What applicants hand in. Programs, scripts, pages and what is not known are refused.
inline constexpr const char* standard_types =
    "application/pdf, application/ofd, image/jpeg, image/png, image/gif, image/bmp, image/tiff, image/webp, image/heic, "
    "image/heif, application/vnd.openxmlformats-officedocument.wordprocessingml.document, "
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, "
    "application/vnd.openxmlformats-officedocument.presentationml.presentation, application/x-ole-storage, "
    "application/rtf, application/zip, application/xml, text/plain, audio/mpeg, audio/wav, video/mp4";

// Files at addresses of their senders.
struct fetch_terms {
    fetch::fetch_settings call;
    unsigned workers = 4;                          // files being fetched at once
    std::size_t per_partner_max = 2;               // of them one partner's
    std::chrono::milliseconds retry_first{10'000}; // after the first failure; doubles
    std::chrono::seconds age_max{24 * 3600};       // since the message; then a file is given up
};

struct material_settings {
    std::filesystem::path staging;
    std::size_t file_bytes_max = 4UL << 30;
    staging_limits unfinished;
    std::size_t uploads_per_partner_max = 8;                // being received at once
    std::size_t partner_bytes_per_day_max = 256UL << 30;    // received by this replica
    std::size_t reads_max = 64;                             // files being sent at once
    std::chrono::seconds tidy_every{3600};
    std::chrono::seconds unfinished_age_max{24 * 3600};
    std::size_t lift_bytes_min = 64UL << 10;                // inline content from here on goes to the store
    std::chrono::milliseconds answer_within{5000};          // a request; what can take longer is waited for no longer
    bool inline_when_down = false;                          // while the store is down it stays inline; else 503
    std::chrono::seconds unreferenced_age_max{7 * 24 * 3600}; // then a file that no case references is collected
    std::string types = standard_types;
    fetch_terms fetch;
    unsigned workers = 4;                                   // of each group: files here, object store; twice for scans
    std::size_t queue_max = 256;                            // of each partner in each group
};

// What all calls about files need; lives as long as the server.
struct material_parts {
    ledger::ledger& ledger;
    const security::live<security::partner_directory>& partners;
    std::shared_ptr<objects::object_store> store;
    std::shared_ptr<const objects::scanner> scanner; // may be null
    material_settings settings;
};

struct room;
class fetching;
class housekeeping;

class materials {
public:
    // Throws std::runtime_error when the staging folder cannot be used.
    materials(const material_parts& parts, monitoring::registry& metrics);
    ~materials(); // stops

    // PUT and POST /v1/materials; HEAD, GET, PATCH, DELETE /v1/materials/uploads/{id}; GET and HEAD
    // /v1/cases/{id}/materials and …/{sha256}.
    std::vector<http::route> routes();
    // Takes the files of a message's dossier out of it as far as they go to the store, checks those that it references, and
    // names those that are to be fetched. For the intake, before the record is made: half of the time until the deadline
    // is left to it.
    boost::asio::awaitable<ledger::files_taken> take(v1::Dossier& dossier, const ledger::files_of_message& from,
                                                     std::chrono::steady_clock::time_point deadline);
    // Fetches what messages offer at addresses of their senders, for the partitions that this replica owns, until
    // stop_fetching(). `executor` runs until after that.
    void fetch_for(std::function<bool(std::uint32_t partition)> owns, const boost::asio::any_io_executor& executor);
    void stop_fetching();
    // Finishes what the workers are at. After the server was drained, before it is destroyed.
    void stop();

private:
    std::shared_ptr<room> room_;
    std::unique_ptr<housekeeping> housekeeping_;
    monitoring::registry& metrics_;
    std::unique_ptr<fetching> fetching_; // once it was asked for
};

} // namespace tongban::materials
