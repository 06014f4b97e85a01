/* SPDX-License-Identifier: MIT */
/*
 * Older 32-bit ARM cannot divide, and its compilers call these (Run-time ABI for the Arm
 * Architecture, "Integer division"). libgcc has them too, but its own call raise(3) of libc.
 */
#ifdef __arm__

#define HIDDEN __attribute__((visibility("hidden")))

/* The quotient in r0, the remainder in r1: the halves of one number. */
HIDDEN unsigned long long __aeabi_uidivmod(unsigned dividend, unsigned divisor);
HIDDEN unsigned __aeabi_uidiv(unsigned dividend, unsigned divisor);
HIDDEN int __aeabi_idiv(int dividend, int divisor);

/* One bit of the quotient at a time, as on paper. Division by 0 gives all ones. */
unsigned long long __aeabi_uidivmod(unsigned dividend, unsigned divisor)
{
    unsigned quotient = 0;
    unsigned long long rest = 0;
    for (int i = 31; i >= 0; i--) {
        rest = rest << 1 | (dividend >> i & 1);
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= 1u << i;
        }
    }
    return rest << 32 | quotient;
}

unsigned __aeabi_uidiv(unsigned dividend, unsigned divisor)
{
    return (unsigned)__aeabi_uidivmod(dividend, divisor);
}

int __aeabi_idiv(int dividend, int divisor)
{
    const unsigned size = dividend < 0 ? 0u - (unsigned)dividend : (unsigned)dividend;
    const unsigned parts = divisor < 0 ? 0u - (unsigned)divisor : (unsigned)divisor;
    const unsigned quotient = __aeabi_uidiv(size, parts);
    return (int)((dividend < 0) != (divisor < 0) ? 0u - quotient : quotient);
}

#endif
