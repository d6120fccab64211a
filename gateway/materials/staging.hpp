// Files on their way in: each grows in a folder of this replica until it is whole and checked, then goes to the object
// store. What was cut can be resumed at its offset, also after a restart.
#pragma once

#include "gateway/materials/upload.hpp"

#include <map>

namespace tongban::materials {

// Thread-safe. What says that it blocks is for worker threads; the rest never waits for disk.
class staging {
public:
    using figures = unfinished_account::figures;

    // Makes the folder when it is missing and takes up what stands in it. Throws std::runtime_error.
    staging(std::filesystem::path folder, const staging_limits& limits);

    // `keep`: its facts are written down, so that it can be resumed after a restart. Blocks.
    boost::system::result<std::shared_ptr<upload>> create(announced said, bool keep);
    // null: none of this partner's.
    std::shared_ptr<upload> find(const std::string& id, const std::string& partner) const;
    // Whoever still writes it is told. Blocks.
    void remove(const std::shared_ptr<upload>& done);
    // Removes what was begun before `oldest`; gives how many. Blocks.
    std::size_t sweep(std::chrono::system_clock::time_point oldest);
    // Of all partners.
    figures all() const;

private:
    void load(const std::filesystem::path& facts);
    std::shared_ptr<unfinished_account> account_of(const std::string& partner);

    const std::filesystem::path folder_;
    const staging_limits limits_;
    mutable std::mutex mutex_; // never held while anything waits
    std::map<std::string, std::shared_ptr<upload>> uploads_;
    std::map<std::string, std::shared_ptr<unfinished_account>> accounts_; // by partner: as many as there are
};

} // namespace tongban::materials
