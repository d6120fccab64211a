// Only what is plain takes the short way: a list without scope or delta, whose issuer is the one that signed the
// leaf and by whose key the list was verified before, and that is in time. Everything else, and every refusal, is
// OpenSSL's own check.
#include "security/revocation.hpp"

#include "security/openssl_owned.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tongban::security {

namespace {

struct verified_list {
    openssl_owned<X509_CRL> list;
    openssl_owned<X509> issuer;
};
using verified_lists = std::vector<verified_list>;

int verified_index() {
    static const int index = CRYPTO_get_ex_new_index(
        CRYPTO_EX_INDEX_X509_STORE, 0, nullptr, nullptr, nullptr,
        [](void*, void* value, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<verified_lists*>(value); });
    return index;
}

// OpenSSL has no name for its own check, but every new context of a verification has a pointer to it.
X509_STORE_CTX_check_crl_fn openssl_check() {
    static const X509_STORE_CTX_check_crl_fn check = [] {
        X509_STORE_CTX* context = X509_STORE_CTX_new();
        X509_STORE_CTX_init(context, nullptr, nullptr, nullptr);
        const auto found = X509_STORE_CTX_get_check_crl(context);
        X509_STORE_CTX_free(context);
        return found;
    }();
    return check;
}

bool is_plain(const X509_CRL* list) {
    return X509_CRL_get_ext_by_NID(list, NID_issuing_distribution_point, -1) < 0 &&
           X509_CRL_get_ext_by_NID(list, NID_delta_crl, -1) < 0 && X509_CRL_get0_nextUpdate(list) != nullptr;
}

bool in_time(const X509_CRL* list) {
    return X509_cmp_current_time(X509_CRL_get0_lastUpdate(list)) < 0 &&
           X509_cmp_current_time(X509_CRL_get0_nextUpdate(list)) > 0;
}

int check(X509_STORE_CTX* context, X509_CRL* list) {
    const auto* verified = static_cast<const verified_lists*>(
        X509_STORE_get_ex_data(X509_STORE_CTX_get0_store(context), verified_index()));
    const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
    const int above = X509_STORE_CTX_get_error_depth(context) + 1;
    const X509* issuer = X509_STORE_CTX_get0_current_issuer(context);
    const bool signed_leaf =
        issuer != nullptr && above < sk_X509_num(chain) && sk_X509_value(chain, above) == issuer;
    if (verified != nullptr && signed_leaf && in_time(list)) {
        const bool known = std::any_of(verified->begin(), verified->end(), [&](const verified_list& each) {
            return each.list.get() == list && X509_cmp(each.issuer.get(), issuer) == 0;
        });
        if (known) {
            return 1;
        }
    }
    return openssl_check()(context, list);
}

} // namespace

void check_revocation(X509_STORE* store) {
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
    auto verified = std::make_unique<verified_lists>();
    const STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
        X509_CRL* list = X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(objects, i));
        for (int k = 0; list != nullptr && is_plain(list) && k < sk_X509_OBJECT_num(objects); ++k) {
            X509* issuer = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, k));
            if (issuer == nullptr || X509_NAME_cmp(X509_get_subject_name(issuer), X509_CRL_get_issuer(list)) != 0 ||
                (X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0) {
                continue;
            }
            if (X509_CRL_verify(list, X509_get0_pubkey(issuer)) == 1) {
                X509_CRL_up_ref(list);
                X509_up_ref(issuer);
                verified->push_back({openssl_owned<X509_CRL>(list), openssl_owned<X509>(issuer)});
            }
        }
    }
    if (X509_STORE_set_ex_data(store, verified_index(), verified.get()) == 1) {
        verified.release(); // the store's now
        if (openssl_check() != nullptr) {
            X509_STORE_set_check_crl(store, &check);
        }
    }
}

} // namespace tongban::security
