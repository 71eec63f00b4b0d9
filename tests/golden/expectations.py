"""What print_binlog has to say of files that are damaged, that lack something, or that hold what is not carried.

By the end of the file's name: patterns, each of which at least one message must match, and each message one of them.
A message is the code of the event and the text. A file that is not named here must be decoded without a word.
"""

PARTIAL_IMAGE = "row without all columns in the binlog"  # where the file tells no key to find the row by
PARTIAL_JSON = "partial JSON update"
GOOGLE_HEADER = "^15: binlog event headers of (23|27|31) bytes"
TOO_OLD = "^1: binlog file of a server older than MySQL 5.0", "malformed query event"

REFUSED = {
    # events that were changed by hand, so that their checksum is wrong
    "recovery_duplicate_xid.000001": ["^16: wrong checksum"],
    "recovery_duplicate_xid_ddl.000001": ["^2: wrong checksum"],
    "recovery_duplicate_xid_xa_prepare.000001": ["^38: wrong checksum"],
    "recovery_malformed_xid_xa_commit.000001": ["^2: wrong checksum"],
    "recovery_malformed_xid_xa_rollback.000001": ["^2: wrong checksum"],
    "mdev-39404-binlog.000001": ["^162: wrong checksum"],
    # damaged otherwise
    "binlog_before_20574.bin": ["^22: wrong checksum"],  # encrypted events after a START_ENCRYPTION
    "bug11747416_32228_binlog.000001": ["^23: binlog event of another size"],
    "corrupt-relay-bin.000624": ["^2: malformed query event"],
    "binlog_no_fd_event.000001": ["^48: unknown event"],
    "invalid_row_v2_tag.001": ["^30: row event without its table map"],
    # other formats
    "rpl_nogtid_encryption_master-bin.000002": ["encrypted file"],
    "mdev-4645-binlog_checksum.binlog": [GOOGLE_HEADER],
    "mdev-4645-binlog_group_id.binlog": [GOOGLE_HEADER],
    "mdev-4645-binlog_group_id_checksum.binlog": [GOOGLE_HEADER],
    "bug47142_master-bin.000001": [*TOO_OLD],
    "binlog_old_version_4_1.000001": [*TOO_OLD],
    "mariadb/std_data_master-bin.000001": [TOO_OLD[0]],
    "trunc_binlog.000001": [*TOO_OLD],
    # row images without all columns, and partial JSON
    "gtid_std_data_update-full-row.binlog": [PARTIAL_IMAGE],
    "mariadb/suite_binlog_std_data_update-full-row.binlog": [PARTIAL_IMAGE],
    "update-partial-row.binlog": [PARTIAL_IMAGE],
    "gtid_std_data_write-full-row.binlog": [PARTIAL_IMAGE],
    "mariadb/suite_binlog_std_data_write-full-row.binlog": [PARTIAL_IMAGE],
    "write-partial-row.binlog": [PARTIAL_IMAGE],
    "rpl_unfiltered_hidden_gcol.000001": [PARTIAL_IMAGE],
    "mdev35643_mysql_80_binlog.000001": [PARTIAL_JSON],
    "mysql-9.7.4/binlog.000001": [PARTIAL_JSON, PARTIAL_IMAGE],
}

# Messages that need not come: whether an incomplete image is carried depends on the keys that are known.
NEED_NOT_COME = (PARTIAL_IMAGE, PARTIAL_JSON)

# Where the table map and the statements of the file disagree.
CONFLICTS = {
    "rpl_unfiltered_hidden_gcol.000001": ["another number of columns"],  # the hidden column of a functional index
}

# Row events that MySQL numbered 20 to 22, before 5.1.18. No mysqlbinlog prints them, but the same statements were run on
# a later server: with the file that has its row events.
PRE_RELEASE = {
    "ver_5_1_17.001": "ver_5_1_23.001",
    "ver_5_1-telco.001": "ver_5_1_23.001",
    "ver_5_1-wl2325_r.001": "ver_5_1_23.001",
    "mariadb/suite_binlog_std_data_bug32407.001": "mysql/suite_binlog_std_data_bug32407.001",
}
